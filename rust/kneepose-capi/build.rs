//! Sets the soname of the shared library. The soname contains the minor version, because structs
//! may
//! change between minor versions.

fn main() {
    let part = |name: &str| std::env::var(name).unwrap_or_default();
    if part("CARGO_CFG_TARGET_OS") == "linux" {
        let [major, minor] = ["CARGO_PKG_VERSION_MAJOR", "CARGO_PKG_VERSION_MINOR"].map(part);
        println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libkneepose.so.{major}.{minor}");
    }
    println!("cargo::rerun-if-changed=build.rs");
}
