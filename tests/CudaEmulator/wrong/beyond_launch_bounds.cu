// The block is larger than the launch bounds.
// report : more threads than its launch bounds
// error  : 701
// launch : grid=1 block=128 count=128
extern "C" __global__ void __launch_bounds__(64) beyond_launch_bounds(const float* x, float* y, int n)
{
    y[threadIdx.x] = x[threadIdx.x];
}
