"""Makes all of the bot's AWS calls on awssim with boto3, an independent client.

    /usr/bin/python3 story.py PATH-OF-SERVE
"""

import json
import subprocess
import sys
import urllib.parse
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

server = subprocess.Popen([sys.argv[1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
at = json.loads(server.stdout.readline())
CONFIG = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
BUCKET, OWNER, BUILD = "shared-1", "222222222222", "111111111111"
USER = f"arn:aws:iam::{BUILD}:user/test.user"
DEPLOYER = f"arn:aws:iam::{BUILD}:role/deployer"
MANAGED = f"arn:aws:iam::{BUILD}:policy/s3share/s3share"
facts = 0


def client(service, key):
    return boto3.client(service, region_name="us-east-1", endpoint_url=at["url"], config=CONFIG,
                        aws_access_key_id=key[0], aws_secret_access_key=key[1],
                        aws_session_token=key[2] if len(key) > 2 else None)


def key(name):
    return (at["keys"][name]["id"], at["keys"][name]["secret"])


def lever(method, path):
    request = urllib.request.Request(at["levers"] + path, method=method)
    with urllib.request.urlopen(request) as response:
        return response.read()


def same(what, got, want):
    global facts
    facts += 1
    if got != want:
        sys.exit(f"{what}: got {got!r}, want {want!r}")


def refused(what, call, code, status, says=""):
    global facts
    facts += 1
    try:
        got = call()
    except ClientError as e:
        error, http = e.response["Error"], e.response["ResponseMetadata"]["HTTPStatusCode"]
        if error["Code"] != code or http != status or says not in error.get("Message", ""):
            sys.exit(f"{what}: got {http} {error}, want {status} {code} {says!r}")
        return
    sys.exit(f"{what}: succeeded with {got}, want {code}")


def status(response):
    return response["ResponseMetadata"]["HTTPStatusCode"]


def statement(principal, before, **more):
    return {"Sid": "S3Share0123ABCD", "Effect": "Allow", "Principal": {"AWS": principal},
            "Action": ["s3:GetObject"], "Resource": [f"arn:aws:s3:::{BUCKET}/builds/*"],
            "Condition": {"DateLessThan": {"aws:CurrentTime": before}}, **more}


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


# The caller's identity, and both roles.
sts = client("sts", key("bot"))
same("who", sts.get_caller_identity()["Arn"], f"arn:aws:iam::{BUILD}:user/s3share-bot")


def session(account, role="s3share", by=None, **more):
    c = (by or sts).assume_role(RoleArn=f"arn:aws:iam::{account}:role/{role}", RoleSessionName="s3share", **more)
    return tuple(c["Credentials"][k] for k in ("AccessKeyId", "SecretAccessKey", "SessionToken"))


ours = {"ExternalId": "s3share-story", "DurationSeconds": 900}
owner, grantee = session(OWNER, **ours), session(BUILD, **ours)
same("session", client("sts", owner).get_caller_identity()["Arn"], f"arn:aws:sts::{OWNER}:assumed-role/s3share/s3share")
refused("another external id", lambda: session(OWNER, ExternalId="other"), "AccessDenied", 403, "sts:AssumeRole")
refused("no external id", lambda: session(OWNER), "AccessDenied", 403)
refused("a role that is not there", lambda: session(OWNER, "none", **ours), "AccessDenied", 403)
refused("too long", lambda: session(OWNER, ExternalId="s3share-story", DurationSeconds=7200), "ValidationError", 400)
refused("another's key", lambda: client("sts", ("AKIANONE", "x")).get_caller_identity(), "InvalidClientTokenId", 403)

# With neither half there is no access. Then the owner half, then the grantee
# half.
s3, iam, user = client("s3", owner), client("iam", grantee), client("s3", key("user"))
mine = client("s3", key("owner"))
get = lambda: user.get_object(Bucket=BUCKET, Key="builds/a.txt")
listing = lambda **more: user.list_objects_v2(Bucket=BUCKET, **more)
refused("no policy", lambda: s3.get_bucket_policy(Bucket=BUCKET), "NoSuchBucketPolicy", 404, "does not exist")
refused("no halves", get, "AccessDenied", 403)
before = "2026-11-23T14:00:00Z"
objects = statement(USER, before)
lists = {"Sid": "S3Share0123ABCDList", "Effect": "Allow", "Principal": {"AWS": USER}, "Action": "s3:ListBucket",
         "Resource": f"arn:aws:s3:::{BUCKET}",
         "Condition": {"DateLessThan": {"aws:CurrentTime": before}, "StringLike": {"s3:prefix": ["builds/*"]}}}
put = lambda text, **more: s3.put_bucket_policy(Bucket=BUCKET, Policy=text, ExpectedBucketOwner=OWNER, **more)
same("put", status(put(policy(objects, lists))), 204)
read = s3.get_bucket_policy(Bucket=BUCKET, ExpectedBucketOwner=OWNER)["Policy"]
objects["Action"], objects["Resource"] = objects["Action"][0], objects["Resource"][0]
lists["Condition"]["StringLike"]["s3:prefix"] = "builds/*"
same("as AWS keeps it", read, json.dumps({"Version": "2012-10-17", "Statement": [objects, lists]}, separators=(",", ":")))
same("public", mine.get_bucket_policy_status(Bucket=BUCKET)["PolicyStatus"]["IsPublic"], False)
refused("owner half only", get, "AccessDenied", 403)
same("groups", iam.list_groups_for_user(UserName="test.user")["Groups"], [])
same("join", status(iam.add_user_to_group(GroupName="s3share", UserName="test.user")), 200)
same("members", [u["Arn"] for u in iam.get_group(GroupName="s3share")["Users"]], [USER])
same("both halves", get()["Body"].read(), b"hello")
same("head", user.head_object(Bucket=BUCKET, Key="builds/a.txt")["ContentLength"], 5)
same("an odd key", user.get_object(Bucket=BUCKET, Key="builds/with space+plus.txt")["Body"].read(), b"odd")
same("list", [o["Key"] for o in listing(Prefix="builds/")["Contents"]], ["builds/a.txt", "builds/with space+plus.txt"])
refused("list of all", listing, "AccessDenied", 403)
refused("list of more", lambda: listing(Prefix="secret/"), "AccessDenied", 403)
refused("another object", lambda: user.get_object(Bucket=BUCKET, Key="secret/k.txt"), "AccessDenied", 403)
refused("write", lambda: user.put_object(Bucket=BUCKET, Key="builds/b.txt", Body=b"x"), "AccessDenied", 403)
refused("head of another", lambda: user.head_object(Bucket=BUCKET, Key="secret/k.txt"), "403", 403)
refused("another's policy", lambda: user.get_bucket_policy(Bucket=BUCKET), "AccessDenied", 403)

# Invalid policies, and the wrong account.
for what, text, says in [
    ("a missing user", policy(statement(f"arn:aws:iam::{BUILD}:user/nobody", before)), "Invalid principal in policy"),
    ("no JSON", "x", "first byte must be '{'"), ("broken", "{,}", "invalid Json"), ("nothing", "{}", "Missing required field Statement"),
    ("another bucket", policy(statement(USER, before, Resource="arn:aws:s3:::other/*")), "Policy has invalid resource"),
    ("no such action", policy(statement(USER, before, Action="s3:Fly")), "Policy has invalid action"),
    ("action and resource", policy(statement(USER, before, Action="s3:ListBucket")), "Action does not apply to any resource"),
]:
    refused(what, lambda: put(text), "MalformedPolicy", 400, says)
refused("too large", lambda: put(policy(*[statement(USER, before, Sid="x" * 100) for _ in range(80)])), "PolicyTooLarge", 400)
refused("another owner", lambda: s3.get_bucket_policy(Bucket=BUCKET, ExpectedBucketOwner=BUILD), "AccessDenied", 403)
refused("no bucket", lambda: client("s3", key("owner")).get_bucket_policy(Bucket="shared-none"), "NoSuchBucket", 404)
refused("everybody", lambda: put(policy(statement("*", before))), "AccessDenied", 403, "BlockPublicPolicy")
same("nothing of that was written", s3.get_bucket_policy(Bucket=BUCKET)["Policy"], read)

# A write by the bucket's owner and by a grantee.
same("write", status(mine.put_object(Bucket=BUCKET, Key="builds/c.txt", Body=b"new", ContentType="text/plain")), 200)
same("read back", user.get_object(Bucket=BUCKET, Key="builds/c.txt")["Body"].read(), b"new")
same("delete", status(mine.delete_object(Bucket=BUCKET, Key="builds/c.txt")), 204)
refused("deleted, and who may list is told so", lambda: mine.get_object(Bucket=BUCKET, Key="builds/c.txt"), "NoSuchKey", 404)

# A role: attach the managed policy, and no other.
attach = lambda arn: iam.attach_role_policy(RoleName="deployer", PolicyArn=arn)
same("attach", status(attach(MANAGED)), 200)
refused("attach another", lambda: attach(f"arn:aws:iam::{BUILD}:policy/admin"), "AccessDenied", 403, "iam:AttachRolePolicy")
same("attached", iam.list_attached_role_policies(RoleName="deployer")["AttachedPolicies"], [{"PolicyName": "s3share", "PolicyArn": MANAGED}])
deployer = client("s3", session(BUILD, "deployer", client("sts", key("user"))))
refused("role, owner half missing", lambda: deployer.get_object(Bucket=BUCKET, Key="builds/a.txt"), "AccessDenied", 403)
put(policy(objects, lists, statement(DEPLOYER, before, Sid="S3Share0000ROLE")))
same("role, both halves", deployer.get_object(Bucket=BUCKET, Key="builds/a.txt")["Body"].read(), b"hello")
same("detach", status(iam.detach_role_policy(RoleName="deployer", PolicyArn=MANAGED)), 200)
refused("detach again", lambda: iam.detach_role_policy(RoleName="deployer", PolicyArn=MANAGED), "NoSuchEntity", 404, "was not found")
refused("role, grantee half gone", lambda: deployer.get_object(Bucket=BUCKET, Key="builds/a.txt"), "AccessDenied", 403)

# IAM as its administrator: names, limits, conflicts, pages, documents.
admin = client("iam", key("admin"))
same("create", admin.create_user(UserName="new", Path="/team/")["User"]["Arn"], f"arn:aws:iam::{BUILD}:user/team/new")
refused("again", lambda: admin.create_user(UserName="NEW"), "EntityAlreadyExists", 409, "already exists")
refused("odd name", lambda: admin.create_user(UserName="a b"), "ValidationError", 400)
refused("a missing user's groups", lambda: admin.list_groups_for_user(UserName="nobody"), "NoSuchEntity", 404, "cannot be found")
refused("eleven groups", lambda: admin.add_user_to_group(GroupName="s3share", UserName="joiner"), "LimitExceeded", 409, "GroupsPerUser: 10")
refused("a member", lambda: admin.delete_user(UserName="joiner"), "DeleteConflict", 409)
refused("a group's policy too large", lambda: admin.put_group_policy(GroupName="team0", PolicyName="p", PolicyDocument=policy(
    {"Effect": "Allow", "Action": "s3:*", "Resource": ["arn:aws:s3:::" + "x" * 60] * 80})), "LimitExceeded", 409)
refused("a group's policy of a principal", lambda: admin.put_group_policy(GroupName="team0", PolicyName="p", PolicyDocument=policy(objects)),
        "MalformedPolicyDocument", 400)
document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::a/ü+b c/*"}]}
same("put a group's policy", status(admin.put_group_policy(GroupName="team0", PolicyName="p", PolicyDocument=json.dumps(document, ensure_ascii=False))), 200)
same("URL-decoded", admin.get_group_policy(GroupName="team0", PolicyName="p")["PolicyDocument"], document)
pages = list(admin.get_paginator("list_users").paginate(PaginationConfig={"PageSize": 2}))
same("pages", (len(pages) > 2, [u["UserName"] for p in pages for u in p["Users"]]),
     (True, ["joiner", "leaver", "new", "s3share-bot", "test.user"]))
same("quota", admin.get_account_summary()["SummaryMap"]["GroupsPerUserQuota"], 10)

# A deleted user: the id stays in the policy, which can no longer be written.
mine.put_bucket_policy(Bucket=BUCKET, Policy=policy(objects, statement(f"arn:aws:iam::{BUILD}:user/leaver", before)))
unique = admin.get_user(UserName="leaver")["User"]["UserId"]
lever("POST", "/leave?user=leaver")
left = s3.get_bucket_policy(Bucket=BUCKET)["Policy"]
same("orphan", json.loads(left)["Statement"][1]["Principal"]["AWS"], unique)
refused("written back", lambda: put(left), "MalformedPolicy", 400, "Invalid principal in policy")
put(policy(objects, lists))

# The end: by time first, then by removing both halves.
same("open before its end", get()["Body"].read(), b"hello")
lever("POST", "/clock?add=" + urllib.parse.quote("2h"))
refused("expired", get, "AccessDenied", 403)
refused("the sessions too", lambda: s3.get_bucket_policy(Bucket=BUCKET), "ExpiredToken", 400)
refused("and in IAM", lambda: iam.list_groups_for_user(UserName="test.user"), "ExpiredToken", 403)
owner, grantee = session(OWNER, **ours), session(BUILD, **ours)
s3, iam = client("s3", owner), client("iam", grantee)
same("leave", status(iam.remove_user_from_group(GroupName="s3share", UserName="test.user")), 200)
same("delete", status(s3.delete_bucket_policy(Bucket=BUCKET, ExpectedBucketOwner=OWNER)), 204)
same("delete again", status(s3.delete_bucket_policy(Bucket=BUCKET, ExpectedBucketOwner=OWNER)), 204)
refused("no policy again", lambda: s3.get_bucket_policy(Bucket=BUCKET), "NoSuchBucketPolicy", 404)

# An unmodelled operation is reported, and it is the only one.
same("nothing unmodelled so far", json.loads(lever("GET", "/unmodelled")), [])
refused("unmodelled", lambda: mine.list_object_versions(Bucket=BUCKET), "NotImplemented", 501)
refused("a part of one", lambda: admin.create_user(UserName="tagged", Tags=[{"Key": "a", "Value": "b"}]), "NotImplemented", 501)
same("counted", json.loads(lever("GET", "/unmodelled")), ["s3:GET bucket ?versions", "iam:CreateUser with Tags"])

server.stdin.close()
server.wait()
print(f"boto3 {boto3.__version__}: {facts} facts hold")
