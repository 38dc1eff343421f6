// Adds to an output that nobody cleared.
// report : uninitialised global memory is read
// error  : 719
// launch : grid=1 block=64 count=64
extern "C" __global__ void __launch_bounds__(64) uninitialised_global(const float* x, float* y, int n)
{
    int i = threadIdx.x;
    y[i] += x[i];
}
