"""The pure core of the ACD: inputs and the time go in, events and commands come out."""
