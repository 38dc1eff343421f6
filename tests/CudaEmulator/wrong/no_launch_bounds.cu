// Without launch bounds the compiler may take 255 registers per thread, and 512 threads do not fit.
// report : without launch bounds
// error  : 701
// launch : grid=1 block=512 count=512
extern "C" __global__ void no_launch_bounds(const float* x, float* y, int n)
{
    y[threadIdx.x] = x[threadIdx.x];
}
