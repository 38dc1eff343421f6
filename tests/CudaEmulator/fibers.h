// Fibers: a stack each, switched in user space. One fiber runs one CUDA thread at a time.
#pragma once
#include <cstddef>

struct Fiber
{
    void* stack_pointer;
    char* stack;
};

const size_t fiber_stack = 64 * 1024, fiber_guard = 64 * 1024;

extern "C" void emu_switch(void** save, void* to);

// A fiber that starts in entry on its first switch; its stack ends in pages that fault.
Fiber* make_fiber(void (*entry)());
