-- Shows:  a service that crashes on bad input, and comes back with a clean state.
-- Run:    build/neap run examples/crashing_worker.lua
-- Prints: total 12 / refused: ... attempt to ... / total 5, between a crash report and a restart
local neap = require("neap")
local service, supervisor = require("neap.service"), require("neap.supervisor")
