"""One exercise, one side, one recording: repetitions, measures, form."""
