"""The commands, a file each: options and help here, what they do in the modules they load when called."""
