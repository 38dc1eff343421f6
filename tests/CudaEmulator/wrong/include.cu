// NVRTC has no headers but those that it is given.
// compile: #include
// launch : grid=1 block=64 count=64
#include <math.h>

extern "C" __global__ void __launch_bounds__(64) include(const float* x, float* y, int n)
{
    y[threadIdx.x] = fabsf(x[threadIdx.x]);
}
