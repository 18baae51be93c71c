require("spec.hostile.suite").of("c_functions", "long stays in C functions")
