//! Long schedules, drawn by a seed: what exploring can't reach.
