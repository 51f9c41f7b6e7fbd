package awssim

// The IAM quotas that are enforced here, by their names in GetAccountSummary.
const (
	groupsPerUser      = 10
	policiesPerRole    = 10
	groupsPerAccount   = 300
	groupPolicySize    = 5120 // characters, not counting white space
	userPolicySize     = 2048
	rolePolicySize     = 10240
	managedPolicySize  = 6144
	managedVersions    = 5
	accessKeysPerUser  = 2
	usersPerAccount    = 5000
	rolesPerAccount    = 1000
	policiesPerAccount = 1500
)
