"""The look of Fourstroke: one table of tokens, the style sheets made from it, and the icons."""
