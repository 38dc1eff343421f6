// Data that is read through const __restrict__, and may sit in a cache that is not kept up to date, is written in the same
// launch: both pointers are the same array.
// report : const __restrict__
// error  : 719
// launch : grid=1 block=64 count=64 y=x
extern "C" __global__ void __launch_bounds__(64) read_only_data_written(const float* __restrict__ x, float* y, int n)
{
    int i = threadIdx.x;
    y[i] = 2.0f * x[i];
}
