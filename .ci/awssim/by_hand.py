"""The manual set-up that s3share replaces, on awssim with the AWS CLI and rclone:
a group with a policy and a member in one account, and a bucket policy in the
other. Then everyday work on the bucket. Finally both are removed again.

    /usr/bin/python3 by_hand.py PATH-OF-SERVE
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request

AWS, RCLONE = "/usr/bin/aws", "/usr/bin/rclone"
BUCKET, USER = "by-hand-20932", "arn:aws:iam::111111111111:user/test.user"

server = subprocess.Popen([sys.argv[1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
at = json.loads(server.stdout.readline())
work = pathlib.Path(tempfile.mkdtemp())
facts = 0


def environment(who):
    key = at["keys"][who]
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "RCLONE_"))}
    return clean | {
        "AWS_ACCESS_KEY_ID": key["id"], "AWS_SECRET_ACCESS_KEY": key["secret"], "AWS_REGION": "us-east-1", "AWS_MAX_ATTEMPTS": "1",
        "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_EC2_METADATA_DISABLED": "true", "AWS_PAGER": "",
        "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1",
        "RCLONE_CONFIG": "/dev/null", "RCLONE_CONFIG_S3_TYPE": "s3", "RCLONE_CONFIG_S3_PROVIDER": "Other", "RCLONE_CONFIG_S3_ENV_AUTH": "true",
        "RCLONE_CONFIG_S3_REGION": "us-east-1", "RCLONE_CONFIG_S3_ENDPOINT": at["url"], "RCLONE_CONFIG_S3_FORCE_PATH_STYLE": "true",
        "RCLONE_CONFIG_S3_ACL": "bucket-owner-full-control", "RCLONE_CONFIG_S3_NO_CHECK_BUCKET": "true", "RCLONE_RETRIES": "1", "RCLONE_LOW_LEVEL_RETRIES": "1",
    }


def run(who, *command):
    return subprocess.run([str(c) for c in command], env=environment(who), cwd=work, capture_output=True, text=True, timeout=120)


def done(who, *command):
    """The command succeeds. Returns its output."""
    global facts
    facts += 1
    p = run(who, *command)
    if p.returncode != 0:
        sys.exit(f"{who}: {' '.join(map(str, command))}: {p.returncode}\n{p.stdout}{p.stderr}")
    return p.stdout


def denied(who, *command, says=("AccessDenied", "Access Denied", "status code: 403", "(403)")):
    """The command fails with AWS's refusal."""
    global facts
    facts += 1
    p = run(who, *command)
    if p.returncode == 0 or not any(s in p.stdout + p.stderr for s in says):
        sys.exit(f"{who}: {' '.join(map(str, command))}: {p.returncode}, not one of {says}\n{p.stdout}{p.stderr}")


def same(what, got, want):
    global facts
    facts += 1
    if got != want:
        sys.exit(f"{what}: got {got!r}, want {want!r}")


def aws(*command):
    return (AWS, "--endpoint-url", at["url"], "--output", "json", *command)


def rclone(*command):
    return (RCLONE, *command)


def s3(path=""):
    return f"s3://{BUCKET}/{path}"


def write(name, data):
    path = work / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    os.utime(path, (0, 0)) # older than any time on the simulator's clock
    return path


def lever(method, path):
    with urllib.request.urlopen(urllib.request.Request(at["levers"] + path, method=method)) as response:
        return response.read()


small, large = b"hello", os.urandom(12 << 20)
write("a.txt", small)
write("large.bin", large)

# The owner's bucket, with shared and private objects.
done("owner", *aws("s3", "mb", f"s3://{BUCKET}"))
done("owner", *aws("s3", "cp", "a.txt", s3("builds/a.txt"), "--metadata", "run=7", "--content-type", "text/plain"))
done("owner", *aws("s3", "cp", "a.txt", s3("secret/k.txt")))
read = aws("s3", "cp", s3("builds/a.txt"), "got.txt")
denied("user", *read)

# In the bucket's account: a statement that names the user's ARN.
policy = {"Version": "2012-10-17", "Statement": [
    {"Sid": "byhand", "Effect": "Allow", "Principal": {"AWS": USER}, "Action": ["s3:Get*", "s3:Put*", "s3:AbortMultipartUpload", "s3:DeleteObject"],
     "Resource": f"arn:aws:s3:::{BUCKET}/builds/*"},
    {"Sid": "byhandList", "Effect": "Allow", "Principal": {"AWS": USER}, "Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{BUCKET}",
     "Condition": {"StringLike": {"s3:prefix": ["builds/*"]}}}]}
write("bucket.json", json.dumps(policy).encode())
done("owner", *aws("s3api", "put-bucket-policy", "--bucket", BUCKET, "--policy", "file://bucket.json", "--expected-bucket-owner", "222222222222"))
denied("user", *read) # one half alone gives no access

# In the user's account: a group whose policy allows the same, and the user as a
# member.
own = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"]}]}
write("group.json", json.dumps(own).encode())
group = json.loads(done("admin", *aws("iam", "create-group", "--group-name", "byhand", "--path", "/shares/")))["Group"]
same("group", group["Arn"], "arn:aws:iam::111111111111:group/shares/byhand")
done("admin", *aws("iam", "put-group-policy", "--group-name", "byhand", "--policy-name", "byhand", "--policy-document", "file://group.json"))
denied("user", *read) # the user is not a member yet
done("admin", *aws("iam", "add-user-to-group", "--group-name", "byhand", "--user-name", "test.user"))
same("groups of the user", [g["GroupName"] for g in json.loads(done("admin", *aws("iam", "list-groups-for-user", "--user-name", "test.user")))["Groups"]], ["byhand"])

# The user can read with both clients. Other users cannot, and other objects
# stay closed.
done("user", *read)
same("the read bytes", (work / "got.txt").read_bytes(), small)
head = json.loads(done("user", *aws("s3api", "head-object", "--bucket", BUCKET, "--key", "builds/a.txt")))
same("metadata", (head["Metadata"], head["ContentType"], head["ContentLength"]), ({"run": "7"}, "text/plain", 5))
done("user", *aws("s3api", "get-object", "--bucket", BUCKET, "--key", "builds/a.txt", "--range", "bytes=1-3", "part.txt"))
same("a range", (work / "part.txt").read_bytes(), b"ell")
same("rclone cat", done("user", *rclone("cat", f"s3:{BUCKET}/builds/a.txt")), "hello")
same("aws s3 ls", done("user", *aws("s3", "ls", s3("builds/"))).split()[-1], "a.txt")
same("rclone lsf", done("user", *rclone("lsf", f"s3:{BUCKET}/builds/")), "a.txt\n")
denied("user", *aws("s3", "cp", s3("secret/k.txt"), "got.txt"))
denied("user", *aws("s3", "ls", s3()))
denied("user", *aws("s3", "ls", s3("secret/")))
denied("user", *rclone("lsf", f"s3:{BUCKET}/secret/"))
denied("user", *aws("s3", "cp", "a.txt", s3("secret/new.txt")))
denied("other", *read)
denied("other", *rclone("lsf", f"s3:{BUCKET}/builds/"))
denied("user", *aws("s3api", "get-bucket-policy", "--bucket", BUCKET))

# Everyday work: multipart uploads, copies, synchronisation, deletions.
done("user", *aws("s3", "cp", "large.bin", s3("builds/large.bin")))
same("an upload in parts", json.loads(done("user", *aws("s3api", "head-object", "--bucket", BUCKET, "--key", "builds/large.bin")))["ETag"].count("-"), 1)
done("user", *aws("s3", "cp", s3("builds/large.bin"), "large.back"))
same("a download in ranges", (work / "large.back").read_bytes(), large)
done("user", *aws("s3", "cp", s3("builds/large.bin"), s3("builds/copy/large.bin")))
done("user", *aws("s3", "mv", s3("builds/copy/large.bin"), s3("builds/moved.bin")))
for n in range(5):
    write(f"tree/dir {n}/file+{n}.txt", str(n).encode())
done("user", *aws("s3", "sync", "tree", s3("builds/tree")))
same("nothing to synchronise", done("user", *aws("s3", "sync", "tree", s3("builds/tree"))), "")
done("user", *rclone("copy", f"s3:{BUCKET}/builds/tree", "back"))
same("the tree", sorted(str(p.relative_to(work / "back")) for p in (work / "back").rglob("*.txt")), [f"dir {n}/file+{n}.txt" for n in range(5)])
done("user", *rclone("check", "tree", f"s3:{BUCKET}/builds/tree"))
write("tree/new.txt", b"new")
(work / "tree/dir 0/file+0.txt").unlink()
done("user", *rclone("sync", "tree", f"s3:{BUCKET}/builds/tree"))
same("synchronised", done("user", *rclone("lsf", "-R", "--files-only", f"s3:{BUCKET}/builds/tree")).split("\n")[-2], "new.txt")
in_parts = rclone("copy", "large.bin", f"s3:{BUCKET}/builds/parts", "--s3-upload-cutoff", "5M", "--s3-chunk-size", "5M")
denied("user", *in_parts) # rclone first sends HEAD for that file, and fails because a 403 is not a 404: see below
done("user", *in_parts, "--no-check-dest")
done("user", *rclone("check", "large.bin", f"s3:{BUCKET}/builds/parts", "--download"))
done("user", *rclone("moveto", f"s3:{BUCKET}/builds/parts/large.bin", f"s3:{BUCKET}/builds/parts/other.bin", "--no-check-dest"))
done("user", *aws("s3api", "put-object-tagging", "--bucket", BUCKET, "--key", "builds/a.txt", "--tagging", "TagSet=[{Key=team,Value=blue}]"))
same("tags", json.loads(done("user", *aws("s3api", "get-object-tagging", "--bucket", BUCKET, "--key", "builds/a.txt")))["TagSet"], [{"Key": "team", "Value": "blue"}])
objects = "Objects=[{Key=builds/moved.bin},{Key=secret/k.txt}]"
result = json.loads(done("user", *aws("s3api", "delete-objects", "--bucket", BUCKET, "--delete", objects)))
same("deleted", ([d["Key"] for d in result["Deleted"]], [(e["Key"], e["Code"]) for e in result["Errors"]]), (["builds/moved.bin"], [("secret/k.txt", "AccessDenied")]))
done("user", *rclone("purge", f"s3:{BUCKET}/builds/parts"))
done("user", *aws("s3", "rm", "--recursive", s3("builds/tree")))
same("the remaining objects", [o["Key"] for o in json.loads(done("owner", *aws("s3api", "list-objects", "--bucket", BUCKET)))["Contents"]],
     ["builds/a.txt", "builds/large.bin", "secret/k.txt"])

# Removing either half ends access at once, for both clients.
done("admin", *aws("iam", "remove-user-from-group", "--group-name", "byhand", "--user-name", "test.user"))
denied("user", *read)
denied("user", *rclone("cat", f"s3:{BUCKET}/builds/a.txt"))
done("admin", *aws("iam", "add-user-to-group", "--group-name", "byhand", "--user-name", "test.user"))
done("user", *read)
done("owner", *aws("s3api", "delete-bucket-policy", "--bucket", BUCKET))
denied("user", *read)
denied("user", *rclone("lsf", f"s3:{BUCKET}/builds/"))

# A date in the statement ends access without a further call.
for st in policy["Statement"]:
    st.setdefault("Condition", {})["DateLessThan"] = {"aws:CurrentTime": "2026-11-23T14:00:00Z"}
write("bucket.json", json.dumps(policy).encode())
done("owner", *aws("s3api", "put-bucket-policy", "--bucket", BUCKET, "--policy", "file://bucket.json"))
done("user", *read)
lever("POST", "/clock?add=" + urllib.parse.quote("2h"))
denied("user", *read)
denied("user", *rclone("cat", f"s3:{BUCKET}/builds/a.txt"))

# Remove everything.
done("owner", *aws("s3api", "delete-bucket-policy", "--bucket", BUCKET))
done("admin", *aws("iam", "remove-user-from-group", "--group-name", "byhand", "--user-name", "test.user"))
denied("admin", *aws("iam", "delete-group", "--group-name", "byhand"), says=("DeleteConflict",))
done("admin", *aws("iam", "delete-group-policy", "--group-name", "byhand", "--policy-name", "byhand"))
done("admin", *aws("iam", "delete-group", "--group-name", "byhand"))
done("owner", *aws("s3", "rb", "--force", f"s3://{BUCKET}"))
same("nothing that they asked is unmodelled", json.loads(lever("GET", "/unmodelled")), [])

server.stdin.close()
server.wait()

# If S3 treats the key as the prefix, the same client works on a folder.
server = subprocess.Popen([sys.argv[1], "-key-is-prefix"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
at = json.loads(server.stdout.readline())
write("bucket.json", json.dumps(policy).replace(BUCKET, "shared-1").encode())
done("owner", *aws("s3api", "put-bucket-policy", "--bucket", "shared-1", "--policy", "file://bucket.json"))
done("admin", *aws("iam", "add-user-to-group", "--group-name", "s3share", "--user-name", "test.user"))
done("user", *rclone("copy", "a.txt", "s3:shared-1/builds/new"))
denied("user", *rclone("copy", "a.txt", "s3:shared-1/secret/new"))
server.stdin.close()
server.wait()
version = lambda *c: subprocess.run(c, env=environment("user"), capture_output=True, text=True).stdout.split()
print(f"{version(AWS, '--version')[0]} and rclone {version(RCLONE, 'version')[1]}: {facts} facts hold")
