require("spec.hostile.suite").of("c_functions", "c_functions")
