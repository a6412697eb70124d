//! Python bindings of `kneepose-core`. They convert dtypes, shapes and exceptions; all computation
//! is in the core.

use pyo3::prelude::*;

mod analyses;
mod angles;
mod cardan;
mod comparisons;
mod doorway;
mod drawing;
mod exercises;
mod filters;
mod intake;
mod keypoint_files;
mod keypoint_folders;
mod live;
mod quality;
mod scores;
mod series;
mod skeletons;
mod tables;
mod trials;

/// Compiled part of kneepose.
#[pymodule]
mod _core {
    use super::*;

    #[pymodule_export]
    use super::analyses::{
        analyze, calibrate, condition, evidence_cues, find_reps, knee_demand, knee_forces,
        measure_angles, recording_angles,
    };
    #[pymodule_export]
    use super::angles::{AnglePlan, angle};
    #[pymodule_export]
    use super::cardan::cardan_angles;
    #[pymodule_export]
    use super::comparisons::{
        agreement, bootstrap_intervals, borrowed_changes, common_measures, compare, compare_curves,
        day_error, holm, leading_measure, permutation_p, pool_errors, student_quantile, t_interval,
        verdict_guard,
    };
    #[pymodule_export]
    use super::drawing::{draw_lines, draw_sector, fill, shade, stamp};
    #[pymodule_export]
    use super::exercises::exercise_table;
    #[pymodule_export]
    use super::filters::{
        fill_gaps, find_peaks, lowpass, one_euro, residual_cutoff, savitzky_golay,
    };
    #[pymodule_export]
    use super::intake::{
        body_in_space, extent, is_steady, largest_beyond, mask_missing, mask_persons,
        range_above_zero, scaled, segment_lengths, share_within, typical_move, typical_square,
    };
    #[pymodule_export]
    use super::keypoint_files::{parse_json, parse_table};
    #[pymodule_export]
    use super::keypoint_folders::read_json_folder;
    #[pymodule_export]
    use super::live::{Clock, Stream, StreamState};
    #[pymodule_export]
    use super::quality::{camera_yaw, check, leveled};
    #[pymodule_export]
    use super::scores::rep_score;
    #[pymodule_export]
    use super::series::{
        asymmetry, bootstrap_interval, bootstrap_interval_of, count_score, hampel,
        normalized_symmetry_index, segment_reps, single_pass_cutoff, time_normalize,
    };
    #[pymodule_export]
    use super::skeletons::Skeleton;
    #[pymodule_export]
    use super::tables::{
        accuracy_table, angle_table, lower_body, rep_statuses, repairs, skeleton_table,
        validity_table,
    };
    #[pymodule_export]
    use super::trials::{check_same, join_trials};

    /// Minimum number of repetitions on each side for a verdict.
    #[pymodule_export]
    const LEAST_REPS: usize = kneepose_core::comparison::MIN_REPS;

    /// Estimated camera yaw, in degrees, above which a comparison carries a warning.
    #[pymodule_export]
    const FLAGGED_YAW_DEG: f64 = kneepose_core::comparison::FLAGGED_YAW_DEG;

    /// Measures that may lead a comparison of squats, in order of preference.
    #[pymodule_export]
    const KNEE_LEAD: [&str; 4] = kneepose_core::exercise::KNEE_LEAD;

    /// Assumed body height in meters, if only fractions of it are known.
    #[pymodule_export]
    const ASSUMED_HEIGHT_M: f64 = kneepose_core::quality::ASSUMED_HEIGHT_M;

    /// Asks NumPy for its functions, which later is done at the first array. That runs Python code, and
    /// rust-numpy panics if a signal that waits, such as of Ctrl-C, is raised there.
    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        let py = module.py();
        PyModule::import(py, "numpy.lib")?;
        py.check_signals()?;
        numpy::PyArray1::<f64>::zeros(py, 0, false);
        Ok(())
    }

    /// Version of the compiled core.
    #[pyfunction]
    fn version() -> &'static str {
        env!("CARGO_PKG_VERSION")
    }
}
