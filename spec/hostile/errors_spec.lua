require("spec.hostile.suite").of("errors", "errors, deep stacks and exits")
