//! The state of one execution.

use std::rc::Rc;

use super::environment::Environment;
use crate::origin::Origins;
use crate::source::Sources;

/// One execution: everything that templates read and change while they run.
#[derive(Debug)]
pub struct Exec {
    /// What was handed in.
    pub environment: Rc<Environment>,
    /// The tables behind the marks.
    pub origins: Origins,
    /// The files, and the texts that `tpl` parsed.
    pub sources: Sources,
}

/// Why an execution failed.
#[derive(Debug)]
pub struct Error;
