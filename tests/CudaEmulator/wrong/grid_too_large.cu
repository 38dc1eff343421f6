// A grid has at most 65535 blocks along y.
// report : the grid is beyond the limits
// error  : 1
// launch : grid=1x65536 block=1 count=64
extern "C" __global__ void __launch_bounds__(64) grid_too_large(const float* x, float* y, int n)
{
    if (blockIdx.y == 0) y[0] = x[0];
}
