READS = ["queries"]
