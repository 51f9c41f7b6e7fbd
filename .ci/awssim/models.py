"""Compares awssim with AWS's own service models in Debian's botocore.

    /usr/bin/python3 models.py PATH-OF-SERVE

For every operation that awssim models: a success parses, has all members that
the model requires, and no unknown element. A missing required parameter is a
ValidationError. Each error that the model lists has the modelled code and
status. awssim raises it by itself (and this script triggers it), or the script
lists it as raised by a fault only.
"""

import json
import subprocess
import sys
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ET

import boto3
import botocore
import botocore.parsers
from botocore.config import Config
from botocore.exceptions import ClientError

server = subprocess.Popen([sys.argv[1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
at = json.loads(server.stdout.readline())
problems, counts = [], {"replies": 0, "elements": 0, "errors": 0, "missing": 0}

BUCKET, MANAGED = "shared-1", "arn:aws:iam::111111111111:policy/s3share/s3share"
POLICY = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]})
BUCKET_POLICY = json.dumps({"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:user/leaver"}, "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/*"}]})
OWN = {"RoleName": "own", "PolicyArn": MANAGED} # a role that belongs to AWS

# One successful call of each operation, in this order.
SUCCEEDS = {
    "iam": [
        ("CreateUser", {"UserName": "x", "Path": "/p/"}), ("GetUser", {"UserName": "x"}), ("ListUsers", {"MaxItems": 1}),
        ("UpdateUser", {"UserName": "x", "NewUserName": "y"}), ("AddUserToGroup", {"GroupName": "s3share", "UserName": "y"}),
        ("GetGroup", {"GroupName": "s3share"}), ("ListGroupsForUser", {"UserName": "y"}),
        ("RemoveUserFromGroup", {"GroupName": "s3share", "UserName": "y"}), ("DeleteUser", {"UserName": "y"}),
        ("CreateGroup", {"GroupName": "fresh", "Path": "/p/"}), ("ListGroups", {"MaxItems": 1}),
        ("PutGroupPolicy", {"GroupName": "fresh", "PolicyName": "p", "PolicyDocument": POLICY}),
        ("DeleteGroupPolicy", {"GroupName": "fresh", "PolicyName": "p"}), ("DeleteGroup", {"GroupName": "fresh"}),
        ("PutGroupPolicy", {"GroupName": "team0", "PolicyName": "p", "PolicyDocument": POLICY}), ("ListGroupPolicies", {"GroupName": "team0"}),
        ("GetGroupPolicy", {"GroupName": "team0", "PolicyName": "p"}), ("ListAttachedGroupPolicies", {"GroupName": "team0"}),
        ("GetRole", {"RoleName": "deployer"}), ("ListRoles", {}), ("AttachRolePolicy", {"RoleName": "deployer", "PolicyArn": MANAGED}),
        ("ListAttachedRolePolicies", {"RoleName": "deployer"}), ("DetachRolePolicy", {"RoleName": "deployer", "PolicyArn": MANAGED}),
        ("GetPolicy", {"PolicyArn": MANAGED}), ("GetPolicyVersion", {"PolicyArn": MANAGED, "VersionId": "v1"}), ("GetAccountSummary", {}),
    ],
    "sts": [
        ("GetCallerIdentity", {}),
        ("AssumeRole", {"RoleArn": "arn:aws:iam::222222222222:role/s3share", "RoleSessionName": "s3share", "ExternalId": "s3share-story"}),
    ],
    "s3": [
        ("ListBuckets", {}), ("CreateBucket", {"Bucket": "fresh"}), ("HeadBucket", {"Bucket": BUCKET}), ("GetBucketLocation", {"Bucket": BUCKET}),
        ("PutBucketPolicy", {"Bucket": BUCKET, "Policy": BUCKET_POLICY}), ("GetBucketPolicy", {"Bucket": BUCKET}),
        ("GetBucketPolicyStatus", {"Bucket": BUCKET}), ("DeleteBucketPolicy", {"Bucket": BUCKET}),
        ("GetBucketOwnershipControls", {"Bucket": BUCKET}), ("GetBucketEncryption", {"Bucket": "shared-kms"}),
        ("GetPublicAccessBlock", {"Bucket": BUCKET}), ("GetBucketVersioning", {"Bucket": "shared-kms"}),
        ("GetBucketAcl", {"Bucket": BUCKET}), ("GetBucketRequestPayment", {"Bucket": BUCKET}),
        ("ListObjectsV2", {"Bucket": BUCKET, "Delimiter": "/", "FetchOwner": True, "StartAfter": "a", "MaxKeys": 1}),
        ("ListObjectsV2", {"Bucket": BUCKET, "Prefix": "builds/"}),
        ("PutObject", {"Bucket": BUCKET, "Key": "k", "Body": b"x"}), ("GetObject", {"Bucket": BUCKET, "Key": "k"}),
        ("HeadObject", {"Bucket": BUCKET, "Key": "k"}), ("GetObjectAttributes", {"Bucket": BUCKET, "Key": "k", "ObjectAttributes": ["ETag", "ObjectSize", "StorageClass"]}),
        ("PutObjectTagging", {"Bucket": BUCKET, "Key": "k", "Tagging": {"TagSet": [{"Key": "team", "Value": "blue"}]}}),
        ("GetObjectTagging", {"Bucket": BUCKET, "Key": "k"}), ("DeleteObjectTagging", {"Bucket": BUCKET, "Key": "k"}),
        ("ListObjects", {"Bucket": BUCKET, "Delimiter": "/", "MaxKeys": 1}), ("CopyObject", {"Bucket": BUCKET, "Key": "c", "CopySource": f"{BUCKET}/k"}),
        ("CreateMultipartUpload", {"Bucket": BUCKET, "Key": "m"}), ("ListMultipartUploads", {"Bucket": BUCKET}),
        ("UploadPart", {"Bucket": BUCKET, "Key": "m", "UploadId": "UPLOAD", "PartNumber": 1, "Body": b"x"}),
        ("UploadPartCopy", {"Bucket": BUCKET, "Key": "m", "UploadId": "UPLOAD", "PartNumber": 2, "CopySource": f"{BUCKET}/k"}),
        ("ListParts", {"Bucket": BUCKET, "Key": "m", "UploadId": "UPLOAD"}),
        ("CompleteMultipartUpload", {"Bucket": BUCKET, "Key": "m", "UploadId": "UPLOAD", "MultipartUpload": {"Parts": [{"PartNumber": 1, "ETag": "ETAG"}]}}),
        ("CreateMultipartUpload", {"Bucket": BUCKET, "Key": "m"}), ("AbortMultipartUpload", {"Bucket": BUCKET, "Key": "m", "UploadId": "UPLOAD"}),
        ("DeleteObjects", {"Bucket": BUCKET, "Delete": {"Objects": [{"Key": "c"}, {"Key": "m"}]}}), ("DeleteObject", {"Bucket": BUCKET, "Key": "k"}),
        ("GetBucketTagging", {"Bucket": "shared-kms"}), ("DeleteBucket", {"Bucket": "fresh"}),
    ],
    "kms": [("DescribeKey", {"KeyId": "the key of shared-kms"})],
}

# Calls that awssim itself refuses, with the modelled code.
NOBODY = [
    (op, dict(params, **{k: "nobody" for k in ("UserName", "GroupName", "RoleName") if k in params}), "NoSuchEntity")
    for op, params in SUCCEEDS["iam"] if any(k in params for k in ("UserName", "GroupName", "RoleName")) and op not in ("CreateUser", "CreateGroup")
]
ABSENT = "arn:aws:iam::111111111111:policy/absent"
REFUSED = {
    "iam": NOBODY + [
        ("CreateUser", {"UserName": "LEAVER"}, "EntityAlreadyExists"),
        ("UpdateUser", {"UserName": "leaver", "NewUserName": "Joiner"}, "EntityAlreadyExists"),
        ("CreateGroup", {"GroupName": "TEAM0"}, "EntityAlreadyExists"), ("DeleteGroup", {"GroupName": "team2"}, "DeleteConflict"),
        ("DeleteGroupPolicy", {"GroupName": "team1", "PolicyName": "none"}, "NoSuchEntity"),
        ("DeleteUser", {"UserName": "joiner"}, "DeleteConflict"), ("DeleteUser", {"UserName": "test.user"}, "DeleteConflict"),
        ("AddUserToGroup", {"GroupName": "s3share", "UserName": "joiner"}, "LimitExceeded"),
        ("PutGroupPolicy", {"GroupName": "team1", "PolicyName": "p", "PolicyDocument": POLICY.replace('"*"', '"arn:aws:s3:::%s"' % ("x" * 6000))}, "LimitExceeded"),
        ("PutGroupPolicy", {"GroupName": "team1", "PolicyName": "p", "PolicyDocument": "{}"}, "MalformedPolicyDocument"),
        ("PutGroupPolicy", {"GroupName": "team1", "PolicyName": "p", "PolicyDocument": BUCKET_POLICY}, "MalformedPolicyDocument"),
        ("GetGroupPolicy", {"GroupName": "team1", "PolicyName": "none"}, "NoSuchEntity"),
        ("AttachRolePolicy", {"RoleName": "deployer", "PolicyArn": ABSENT}, "NoSuchEntity"), ("AttachRolePolicy", OWN, "UnmodifiableEntity"),
        ("DetachRolePolicy", {"RoleName": "deployer", "PolicyArn": MANAGED}, "NoSuchEntity"), ("DetachRolePolicy", OWN, "UnmodifiableEntity"),
        ("GetPolicy", {"PolicyArn": ABSENT}, "NoSuchEntity"), ("GetPolicyVersion", {"PolicyArn": MANAGED, "VersionId": "v2"}, "NoSuchEntity"),
    ],
    "s3": [
        ("CreateBucket", {"Bucket": BUCKET}, "BucketAlreadyOwnedByYou"), ("GetObject", {"Bucket": BUCKET, "Key": "none"}, "NoSuchKey"),
        ("ListObjectsV2", {"Bucket": "no-such-bucket"}, "NoSuchBucket"), ("ListObjects", {"Bucket": "no-such-bucket"}, "NoSuchBucket"),
        ("GetObjectAttributes", {"Bucket": BUCKET, "Key": "none", "ObjectAttributes": ["ETag"]}, "NoSuchKey"),
        ("AbortMultipartUpload", {"Bucket": BUCKET, "Key": "m", "UploadId": "none"}, "NoSuchUpload"),
    ],
    "sts": [], "kms": [("DescribeKey", {"KeyId": "none"}, "NotFoundException")],
}

# Modelled errors that awssim returns only through a fault, because it has no
# such state. docs/awssim.md has the same list. The quotas of 5,000 users and of
# ten policies per role have Go tests instead.
FAULT_ONLY = {
    "*": ["ServiceFailure", "ConcurrentModification", "InvalidInput", "EntityTemporarilyUnmodifiable", "PolicyNotAttachable"],
    "CreateGroup": ["LimitExceeded", "NoSuchEntity"], "DeleteGroup": ["LimitExceeded"], "DeleteGroupPolicy": ["LimitExceeded"],
    "CreateUser": ["LimitExceeded", "NoSuchEntity"], "UpdateUser": ["LimitExceeded"], "DeleteUser": ["LimitExceeded"],
    "RemoveUserFromGroup": ["LimitExceeded"], "AttachRolePolicy": ["LimitExceeded"], "DetachRolePolicy": ["LimitExceeded"],
    "AssumeRole": ["MalformedPolicyDocument", "PackedPolicyTooLarge", "RegionDisabledException", "ExpiredTokenException"],
    "CreateBucket": ["BucketAlreadyExists"],
    "CopyObject": ["ObjectNotInActiveTierError"], "GetObject": ["InvalidObjectState"], "HeadObject": ["NoSuchKey"], "HeadBucket": ["NoSuchBucket"],
    "DescribeKey": ["InvalidArnException", "DependencyTimeoutException", "KMSInternalException"],
}
# The models of S3 and KMS have no statuses. These are from S3's guide to its
# error codes, and from the protocol of KMS.
UNMODELLED_STATUS = {"BucketAlreadyExists": 409, "BucketAlreadyOwnedByYou": 409, "NoSuchKey": 404, "NoSuchBucket": 404, "InvalidObjectState": 403,
                     "NoSuchUpload": 404, "ObjectNotInActiveTierError": 403,
                     "KMSInternalException": 500, "DependencyTimeoutException": 500}

# Elements newer than Debian's botocore. The SDK for Go reads them.
NEWER = ["BucketRegion", "BucketArn"]

reply = {}
parse = botocore.parsers.ResponseParser.parse


def keep(self, response, shape):
    reply["body"] = response["body"]
    return parse(self, response, shape)


botocore.parsers.ResponseParser.parse = keep


def client(service, key):
    return boto3.client(service, region_name="us-east-1", endpoint_url=at["url"], aws_access_key_id=key["id"], aws_secret_access_key=key["secret"],
                        config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}, parameter_validation=False))


def lever(path, **params):
    request = urllib.request.Request(at["levers"] + path + "?" + urllib.parse.urlencode(params), method="POST")
    urllib.request.urlopen(request).close()


told = {} # values from replies, for the calls after them


def fill(v):
    if isinstance(v, dict):
        return {k: fill(x) for k, x in v.items()}
    return [fill(x) for x in v] if isinstance(v, list) else told.get(v, v) if isinstance(v, str) else v


def attempt(c, op, params):
    try:
        parsed = c._make_api_call(op, fill(params))
        told.update({"UPLOAD": parsed["UploadId"]} if op == "CreateMultipartUpload" else {"ETAG": parsed["ETag"]} if op == "UploadPart" else {})
        return None, parsed
    except ClientError as e:
        return (e.response["Error"].get("Code"), e.response["ResponseMetadata"]["HTTPStatusCode"]), None


def local(element):
    return element.tag.rsplit("}", 1)[-1]


def walk(where, element, shape):
    """The shape knows every element, and all required elements are present."""
    counts["elements"] += 1
    if shape.type_name == "structure":
        names = {m.serialization.get("name", n): (n, m) for n, m in shape.members.items()}
        for child in element:
            if local(child) in NEWER:
                continue
            if local(child) not in names:
                problems.append(f"{where}: the model knows no {local(child)}")
                continue
            n, member = names[local(child)]
            flat = member.type_name == "list" and member.serialization.get("flattened")
            walk(f"{where}.{n}", child, member.member if flat else member)
        have = {local(child) for child in element} | {"xsi:" + a.rsplit("}", 1)[-1] for a in element.attrib}
        for n in shape.required_members:
            if shape.members[n].serialization.get("name", n) not in have:
                problems.append(f"{where}: lacks {n}")
    elif shape.type_name == "list":
        name = shape.member.serialization.get("name", "member")
        for child in element:
            if local(child) != name:
                problems.append(f"{where}: an element {local(child)} in a list of {name}")
            walk(where + "[]", child, shape.member)
    elif shape.type_name == "map":
        for entry in element:
            if [local(e) for e in entry] != ["key", "value"]:
                problems.append(f"{where}: an entry of {[local(e) for e in entry]}")
    elif len(element):
        problems.append(f"{where}: elements in a {shape.type_name}")


def check_reply(service, c, op, params):
    error, parsed = attempt(c, op, params)
    if error:
        problems.append(f"{service}:{op} {params}: {error}")
        return
    counts["replies"] += 1
    shape = c.meta.service_model.operation_model(op).output_shape
    body = reply["body"]
    # No body to check, or a body that is not XML: GetObject's, and the
    # policy's.
    if shape is None or not body or op in ("GetObject", "GetBucketPolicy", "GetBucketLocation") or service == "kms":
        return
    root = ET.fromstring(body)
    if service in ("iam", "sts"):
        if local(root) != op + "Response" or root.find("{*}ResponseMetadata/{*}RequestId") is None:
            problems.append(f"{service}:{op}: not in the envelope of its protocol")
        result = root.find("{*}" + op + "Result")
        if result is None:
            if shape.members:
                problems.append(f"{service}:{op}: no result")
            return
        root = result
    elif shape.serialization.get("payload"):
        shape = shape.members[shape.serialization["payload"]]
    walk(f"{service}:{op}", root, shape)


def check_errors(service, c, op, params):
    """Every modelled error, raised by a fault, has its modelled form on the wire."""
    operation = c.meta.service_model.operation_model(op)
    raised = {code for o, _, code in REFUSED[service] if o == op}
    for shape in operation.error_shapes:
        modelled = shape.metadata.get("error", {})
        code = modelled.get("code", shape.name)
        status = modelled.get("httpStatusCode") or UNMODELLED_STATUS.get(code, 400)
        lever("/fault", op=op, code=code)
        got, _ = attempt(c, op, params)
        want = (code, status) if not op.startswith("Head") else (str(status), status)
        counts["errors"] += 1
        if got != want:
            problems.append(f"{service}:{op}: a fault {code} came as {got}, modelled {want}")
        if code not in raised and code not in FAULT_ONLY["*"] + FAULT_ONLY.get(op, []):
            problems.append(f"{service}:{op}: the modelled error {code} is neither raised nor listed")


def check_required(service, c, op, params):
    shape = c.meta.service_model.operation_model(op).input_shape
    for name in (shape.required_members if shape else []):
        got, _ = attempt(c, op, {k: v for k, v in params.items() if k != name})
        counts["missing"] += 1
        if got != ("ValidationError", 400):
            problems.append(f"{service}:{op} without {name}: {got}")


clients = {s: client(s, at["keys"]["owner" if s in ("s3", "kms") else "bot" if s == "sts" else "admin"]) for s in SUCCEEDS}
rule = clients["s3"].get_bucket_encryption(Bucket="shared-kms")["ServerSideEncryptionConfiguration"]["Rules"][0]
SUCCEEDS["kms"][0][1]["KeyId"] = rule["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"]
for service, calls in SUCCEEDS.items():
    for op, params in calls:
        check_reply(service, clients[service], op, params)
    for op, params in calls:
        check_errors(service, clients[service], op, params)
        if service in ("iam", "sts"):
            check_required(service, clients[service], op, params)
    for op, params, code in REFUSED[service]:
        got, _ = attempt(clients[service], op, params)
        modelled = {s.metadata.get("error", {}).get("code", s.name): s.metadata.get("error", {}).get("httpStatusCode")
                    for s in clients[service].meta.service_model.operation_model(op).error_shapes}
        if service in ("s3", "kms"):
            modelled = {k: v or UNMODELLED_STATUS.get(k, 400) for k, v in modelled.items()}
        counts["errors"] += 1
        if got != (code, modelled.get(code)):
            problems.append(f"{service}:{op} {str(params)[:90]}: {got}, modelled {code} {modelled.get(code)}")

server.stdin.close()
server.wait()
for p in problems:
    print(p, file=sys.stderr)
if problems:
    sys.exit(f"{len(problems)} differences from the models")
print(f"botocore {botocore.__version__}: {counts['replies']} replies with {counts['elements']} elements, "
      f"{counts['errors']} errors and {counts['missing']} missing parameters are as modelled")
