# The first steps of a module's Dockerfile: its packages, those for development among them.
ARG BUILD_IMAGE

FROM ${BUILD_IMAGE}
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
