READS = ["accuracy"]
