# An image with nothing but the program and git: docker build -t toctou-lint .
#   docker run --rm -v "$PWD:/code" toctou-lint
FROM rust:1.95-alpine3.22 AS build
# hadolint ignore=DL3018
RUN apk add --no-cache build-base
WORKDIR /source
COPY . .
RUN cargo build --locked --release && strip target/release/toctou-lint

FROM alpine:3.22
# git says which lines are new. Whoever mounts a folder owns it, so git must not mind the owner.
# hadolint ignore=DL3018
RUN apk add --no-cache git && git config --system --add safe.directory '*' && adduser -D -u 1000 lint
COPY --from=build /source/target/release/toctou-lint /usr/local/bin/toctou-lint
COPY --from=build /source/LICENSE-APACHE /source/LICENSE-MIT /usr/share/licenses/toctou-lint/
USER 1000
WORKDIR /code
ENTRYPOINT ["toctou-lint"]
