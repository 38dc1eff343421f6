// A kernel takes at most 4096 bytes of parameters.
// report : more than 4096 bytes of parameters
// error  : 1
// launch : grid=1 block=64 count=64
struct Large4080
{
    int values[1020];
};

extern "C" __global__ void __launch_bounds__(64) too_many_parameter_bytes(const float* x, float* y, int n, Large4080 large)
{
    y[threadIdx.x] = x[threadIdx.x] + (float)large.values[n];
}
