# A static binary on an empty image: no shell, no package manager, no root.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download && go mod verify
COPY . .
ARG VERSION=dev
RUN CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags "-s -w -buildid= -X main.version=${VERSION}" -o /bot ./cmd/bot && mkdir /state

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /bot /bot
COPY --from=build --chown=65532:65532 /state /state
USER 65532:65532
# The store and the audit log: give it a disk that outlives the container.
VOLUME /state
WORKDIR /state
ENV S3SHARE_CONFIG=/etc/s3share/s3share.yml
EXPOSE 9090
ENTRYPOINT ["/bot"]
