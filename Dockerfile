# Fourstroke as an image: compose.yaml runs it as web, worker, clock and migration. The libraries come with their hashes.

FROM python:3.12.11-slim-bookworm AS libraries
COPY requirements/pdf.txt /pdf.txt
RUN python -m venv /opt/fourstroke \
 && /opt/fourstroke/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /pdf.txt

FROM python:3.12.11-slim-bookworm
ENV PATH=/opt/fourstroke/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=config.settings \
    VAR=/var/lib/fourstroke
# What WeasyPrint draws text with: without it everything works but PDFs of pages.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
 && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --home-dir $VAR --create-home fourstroke
COPY --from=libraries /opt/fourstroke /opt/fourstroke
WORKDIR /app
COPY . .
# The key is for this step only and is kept nowhere: static files are not signed.
RUN SECRET_KEY=unused python manage.py build_assets \
 && SECRET_KEY=unused python manage.py collectstatic --noinput --verbosity 0 \
 && chown -R fourstroke $VAR
USER fourstroke
EXPOSE 8000
CMD ["python", "manage.py", "up", "--host", "0.0.0.0", "--port", "8000"]
