"""What the workflow costs on this machine: `make bench`. Measures, and judges nothing; the limits that are aimed at stand beside.

A measurement is a file in `bench/measurements/`; there is no list to keep. Each offers

    TITLE       what is measured, in one line
    measure     how often → its quantities (`Measured`), each with one value a run, or why there is none (`Skipped`)

The medians are printed; every value, with the machine, goes to `results/bench/measurements.parquet`.
"""
