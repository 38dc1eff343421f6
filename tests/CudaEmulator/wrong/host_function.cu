// A function of the host's library in device code.
// compile: for the host only
// launch : grid=1 block=64 count=64
extern "C" __global__ void __launch_bounds__(64) host_function(const float* x, float* y, int n)
{
    y[threadIdx.x] = std::max(x[threadIdx.x], 0.0f);
}
