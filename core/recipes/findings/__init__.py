"""How right the findings of a first look are, where what is wrong was put there: measured."""
