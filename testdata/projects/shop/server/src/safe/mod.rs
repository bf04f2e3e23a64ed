pub mod accounts;
pub mod exports;
pub mod locks;
pub mod memory;
pub mod signup;
pub mod stripe_hooks;
