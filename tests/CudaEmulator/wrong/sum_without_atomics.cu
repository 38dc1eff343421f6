// All threads add to one element.
// report : race in global memory
// error  : 719
// launch : grid=2 block=64 count=128 y=filled
extern "C" __global__ void __launch_bounds__(64) sum_without_atomics(const float* x, float* y, int n)
{
    y[0] += x[blockIdx.x * blockDim.x + threadIdx.x];
}
