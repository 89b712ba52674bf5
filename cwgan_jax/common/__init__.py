"""What every part needs: errors, files, packages, progress, the declaration of options."""
