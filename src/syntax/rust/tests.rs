//! Small checks of the lowering.
