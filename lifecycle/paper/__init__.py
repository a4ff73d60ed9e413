"""Paper: a page as a PDF, made by WeasyPrint where an installation has it (the extra ``pdf``)."""
