// 48 KB are there without asking.
// launch : grid=1 block=64 count=64 shared=49152
extern "C" __global__ void __launch_bounds__(64) too_much_dynamic_shared(const float* x, float* y, int n)
{
    DYNAMIC_SHARED(float, tile);
    tile[threadIdx.x] = x[threadIdx.x];
    y[threadIdx.x] = tile[threadIdx.x];
}
