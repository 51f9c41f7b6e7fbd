# A static binary in an empty image: no shell, no package manager, no root.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download && go mod verify
COPY . .
ARG VERSION=dev
# The same sources give the same bytes, wherever and whenever they are built.
RUN CGO_ENABLED=0 go build -mod=readonly -trimpath -buildvcs=false -ldflags "-s -w -buildid= -X main.version=${VERSION}" -o /out/bot ./cmd/bot
RUN mkdir /out/state

FROM scratch
# AWS and Slack are reached over TLS, so somebody has to vouch for them.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/bot /bot
COPY --from=build --chown=65532:65532 /out/state /state
USER 65532:65532
# The store and the audit log: give it a disk that outlives the container.
VOLUME /state
WORKDIR /state
ENV S3SHARE_CONFIG=/etc/s3share/s3share.yml
ENTRYPOINT ["/bot"]
