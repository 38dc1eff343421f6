// Reads compiled kernels.
#pragma once
#include <cstddef>
#include <map>
#include <string>

// Bytes of static shared memory that each function of an object file (ELF, -ffunction-sections) reaches, itself or through
// what it calls. Shared variables are thread-local ones there.
std::map<std::string, size_t> static_shared_bytes(const std::string& object);
