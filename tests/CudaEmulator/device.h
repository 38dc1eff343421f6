// Limits of compute capability 7.0, the smallest that is supported.
#pragma once

const int optin_shared = 98304, default_shared = 49152, multiprocessors = 4, multiprocessor_registers = 65536, multiprocessor_threads = 2048;
const int most_registers = 255, most_parameter_bytes = 4096;
