//! One document tree; a reader and a writer for each format.
