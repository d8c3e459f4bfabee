"""Benchmarks, and GradBench's problems as a process: scripts/bench and scripts/gradbench_tool."""
