"""`python -m cwgan_jax COMMAND ...`: the console command `cwgan` where its folder is not on the path."""

from cwgan_jax import commands

if __name__ == "__main__":
    commands.main()
