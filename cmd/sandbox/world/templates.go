package world

import (
	"fmt"
	"strings"

	"s3share/deploy"
	"s3share/internal/sim/awssim"
)

// setUp creates in both accounts the resources from the templates in deploy/.
// The bot is thus tested with exactly its real permissions.
func setUp(owner, grantee *awssim.Account, bot string, buckets []string) error {
	var arns, objects []string
	for _, glob := range buckets {
		arns, objects = append(arns, "arn:aws:s3:::"+glob), append(objects, "arn:aws:s3:::"+glob+"/*")
	}
	given := func(a *awssim.Account) deploy.Parameters {
		return deploy.Parameters{
			"AWS::AccountId": a.ID(), "AWS::Partition": "aws", "AWS::URLSuffix": "amazonaws.com",
			"BotPrincipalArn": bot, "ExternalId": "s3share-sandbox",
			"BucketArns": strings.Join(arns, ","), "ObjectArns": strings.Join(objects, ","),
			"OwnerAccountIds": owner.ID(),
			"ObjectActions":   "s3:*", // the config has its own levels
		}
	}
	o, err := deploy.Owner(given(owner))
	if err != nil {
		return err
	}
	g, err := deploy.Grantee(given(grantee))
	if err != nil {
		return err
	}
	if err := setUpRole(owner, o.Resources["Role"]); err != nil {
		return err
	}
	if err := setUpRole(grantee, g.Resources["Role"]); err != nil {
		return err
	}
	half, err := g.Resources["Policy"].Document()
	if err != nil {
		return err
	}
	grantee.Group("/s3share/", "s3share", half)
	grantee.ManagedPolicy("/s3share/", "s3share", half)
	return nil
}

func setUpRole(a *awssim.Account, r deploy.Resource) error {
	trust, err := r.Trust()
	if err != nil {
		return err
	}
	rights, err := r.Document()
	if err != nil {
		return err
	}
	name, ok := r.Properties["RoleName"].(string)
	if !ok {
		return fmt.Errorf("the role in %s has no name", a.Name())
	}
	a.Role(name, trust, rights)
	return nil
}
