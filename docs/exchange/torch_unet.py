"""The U-Net of a stardeq checkpoint in PyTorch, and the way back. Needs torch and safetensors."""
import json
import sys

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional


class Level(nn.Module):
    def __init__(self, channels_in, channels_out, slope):
        super().__init__()
        self.conv1 = nn.Conv2d(channels_in, channels_out, 3, padding=1)
        self.conv2 = nn.Conv2d(channels_out, channels_out, 3, padding=1)
        self.slope = slope

    def forward(self, x):
        x = functional.leaky_relu(self.conv1(x), self.slope)
        return functional.leaky_relu(self.conv2(x), self.slope)


class Unet(nn.Module):
    """U(x) for x [batch, 2, rows, columns] with channels (re, im)."""

    def __init__(self, base, poolings, pool="avg", slope=0.1):
        super().__init__()
        self.poolings = poolings
        self.pool = functional.max_pool2d if pool == "max" else functional.avg_pool2d
        for level in range(poolings + 1):
            setattr(self, f"enc{level}", Level(base << (level - 1) if level else 2, base << level, slope))
        for level in range(poolings):
            setattr(self, f"up{level}", nn.ConvTranspose2d(base << (level + 1), base << level, 2, stride=2))
            setattr(self, f"dec{level}", Level(2 * (base << level), base << level, slope))
        self.out = nn.Conv2d(base, 2, 1)

    def forward(self, x):
        rows, columns = x.shape[-2:]
        multiple = 1 << self.poolings
        h = functional.pad(x, (0, -columns % multiple, 0, -rows % multiple), mode="reflect")
        skips = []
        for level in range(self.poolings):
            h = getattr(self, f"enc{level}")(h)
            skips.append(h)
            h = self.pool(h, 2)
        h = getattr(self, f"enc{self.poolings}")(h)
        for level in reversed(range(self.poolings)):
            h = getattr(self, f"dec{level}")(torch.cat([skips[level], getattr(self, f"up{level}")(h)], dim=1))
        return self.out(h)[..., :rows, :columns]


class Denoiser(nn.Module):
    """R(x): x + U(x), U(x), or (1 - t) x + t U(x)."""

    def __init__(self, config):
        super().__init__()
        self.unet = Unet(config["base"], config["poolings"], config["pool"], config["slope"])
        self.kind, self.share = config["denoiser"], config["denoiser_t"]

    def forward(self, x):
        u = self.unet(x)
        return {"residual": x + u, "direct": u, "averaged": (1 - self.share) * x + self.share * u}[self.kind]


def load(path):
    """The denoiser of a checkpoint, and the parameters of the layer around it (step size)."""
    with safe_open(path, framework="pt") as file:
        config = json.loads(file.metadata()["config"])
        tensors = {name: file.get_tensor(name) for name in file.keys() if not name.startswith(("adam.", "guard.", "cache.", "spectral."))}
    model = Denoiser(config)
    model.load_state_dict({name: value for name, value in tensors.items() if name.startswith("unet.")})
    return model, {name: value for name, value in tensors.items() if not name.startswith("unet.")}


def save(path, model, others):
    """Writes what `stardeq train --weights` reads."""
    save_file({**{name: value.contiguous() for name, value in model.state_dict().items()}, **others}, path)


if __name__ == "__main__":
    denoiser, rest = load(sys.argv[1])
    with torch.no_grad():
        print("norm of R(noise):", denoiser(torch.randn(1, 2, 64, 64)).norm().item())
    save(sys.argv[2], denoiser, rest)
