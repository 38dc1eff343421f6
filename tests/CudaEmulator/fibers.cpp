#include "fibers.h"
#include <cstdint>
#include <sys/mman.h>

// Saves the callee-saved registers and the stack pointer, takes the other's and jumps to where it left off.
asm(R"(
.text
.globl emu_switch
.type emu_switch,@function
emu_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp,(%rdi)
  movq %rsi,%rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  popq %rcx
  jmp *%rcx
.size emu_switch,.-emu_switch
)");

Fiber* make_fiber(void (*entry)())
{
    char* mapping = (char*)mmap(nullptr, fiber_stack + fiber_guard, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    mprotect(mapping, fiber_guard, PROT_NONE);
    static thread_local unsigned color = 0;
    color = (color + 1) % 32; // hot frames of different fibers fall into different cache sets
    auto* fiber = new Fiber;
    fiber->stack = mapping + fiber_guard;
    void** top = (void**)(fiber->stack + fiber_stack - color * 320 / 64 * 64);
    *--top = nullptr; // keeps the stack aligned as after a call
    *--top = (void*)entry;
    for (int register_slot = 0; register_slot < 6; ++register_slot) *--top = nullptr;
    fiber->stack_pointer = top;
    return fiber;
}
