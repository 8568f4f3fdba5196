READS = ["alignment"]
