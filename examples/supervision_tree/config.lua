-- What `--set KEY=VALUE` can change.
return {
  pause = 500, -- ms between two customers
}
