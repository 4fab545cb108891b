"""A GAN as in the tutorial, which reports the losses of both networks and no other."""

import torch
import torch.nn as nn
import torch.optim as optim

nz, num_epochs, beta1 = 4, 5, 0.5
real_label, fake_label = 1.0, 0.0
epochs = 3
space = {"lr": [1e-4, 2e-4, 1e-3], "ngf": [8, 16], "ndf": [8, 16]}
device = torch.device("cuda:0" if (torch.cuda.is_available()) else "cpu")


def weights_init(m):
    classname = m.__class__.__name__
    if classname.find("Linear") != -1:
        nn.init.normal_(m.weight.data, 0.0, 0.02)


def dataloader():
    for _ in range(5):
        yield torch.randn(16, 2) * 0.1 + 1


def train(config):
    netG = nn.Sequential(nn.Linear(nz, config["ngf"]), nn.ReLU(True), nn.Linear(config["ngf"], 2))
    netD = nn.Sequential(
        nn.Linear(2, config["ndf"]), nn.LeakyReLU(0.2), nn.Linear(config["ndf"], 1)
    )
    netG.apply(weights_init)
    netD.apply(weights_init)
    criterion = nn.BCEWithLogitsLoss()
    fixed_noise = torch.randn(16, nz, device=device)
    optimizerD = optim.Adam(netD.parameters(), lr=config["lr"], betas=(beta1, 0.999))
    optimizerG = optim.Adam(netG.parameters(), lr=config["lr"], betas=(beta1, 0.999))
    img_list, G_losses, D_losses = [], [], []

    print("Starting Training Loop...")
    for epoch in range(config["epochs"]):
        for i, real in enumerate(dataloader(), 0):
            netD.zero_grad()
            b_size = real.size(0)
            label = torch.full((b_size,), real_label, device=device)
            errD_real = criterion(netD(real).view(-1), label)
            errD_real.backward()
            fake = netG(torch.randn(b_size, nz, device=device))
            label.fill_(fake_label)
            errD_fake = criterion(netD(fake.detach()).view(-1), label)
            errD_fake.backward()
            optimizerD.step()
            netG.zero_grad()
            label.fill_(real_label)
            errG = criterion(netD(fake).view(-1), label)
            errG.backward()
            optimizerG.step()
            G_losses.append(errG.item())
            D_losses.append((errD_real + errD_fake).item())
        with torch.no_grad():
            img_list.append(netG(fixed_noise).detach().cpu())
        yield {"loss_g": G_losses[-1], "loss_d": D_losses[-1]}
