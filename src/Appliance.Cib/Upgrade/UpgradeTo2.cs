namespace Appliance.Cib;

/// <summary>1.x to 2.0: access control lists got users with roles, and permissions that are told apart by an attribute (upgrade-1.3-0.xsl).</summary>
internal static class UpgradeTo2
{
    public static void Apply(CibElement cib, UpgradeNotes notes)
    {
        cib.Set("validate-with", "pacemaker-2.0");
        foreach (var user in cib.Descendants("acl_user").ToArray())
        {
            user.Rename("acl_target");
            var references = user.Elements("role_ref").ToArray();
            foreach (var reference in references) reference.Rename("role");
            if (references.Length > 0)
            {
                notes.Info(user, $"ACL user {user.Id} becomes a target with roles");
                continue;
            }
            // Permissions of its own become those of a role that only this user has.
            var permissions = user.Children.ToArray();
            foreach (var permission in permissions) permission.Remove();
            if (permissions.Length == 0) continue;
            var role = new CibElement("acl_role", user.Line, user.Column).Set("id", "auto-" + user.Id);
            foreach (var permission in permissions) role.Add(permission);
            user.Add("role").Set("id", role.Id);
            user.Parent!.Insert(user.Position + 1, role);
            notes.Info(user, $"ACL user {user.Id} becomes a target with the role {role.Id}, which has its permissions");
        }
        foreach (var permission in cib.Descendants().Where(e => e.Name is "read" or "write" or "deny" && e.Parent!.Name == "acl_role").ToArray()) Convert(permission, notes);
    }

    private static void Convert(CibElement permission, UpgradeNotes notes)
    {
        var (kind, attribute) = (permission.Name, permission["attribute"]);
        var now = new CibElement("acl_permission", permission.Line, permission.Column).Set("id", permission.Id).Set("kind", kind);
        if (permission["ref"] is { } reference)
        {
            now.Set("reference", reference);
            if (attribute is not null) notes.Warn(permission, $"ACL permission {permission.Id}: its restriction to the attribute {attribute} is dropped; it holds for the whole element");
        }
        else if (permission["tag"] is { } tag) now.Set("object-type", tag).Set("attribute", attribute);
        else now.Set("xpath", attribute is null ? permission["xpath"] : $"{permission["xpath"]}[@{attribute}]");
        if (attribute is not null && permission["ref"] is null) notes.Info(permission, $"ACL permission {permission.Id}: the attribute {attribute} is matched by its presence now");
        permission.ReplaceWith(now);
    }
}
